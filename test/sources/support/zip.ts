import { crc32, deflateRawSync } from "node:zlib";

export interface ZipEntry {
  readonly name: string;
  readonly data: string | Uint8Array;
  /** Unix mode, with the type of file: 0o120777 is a link. */
  readonly mode?: number;
  /** Sizes and checksums that are written instead of the true ones. */
  readonly claimedSize?: number;
  readonly claimedChecksum?: number;
  readonly flags?: number;
}

/** A zip archive, byte by byte: ordinary tools refuse to write what a hostile one holds. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { name, data, mode = 0o100644, claimedSize, claimedChecksum, flags = 0 } of entries) {
    const bytes = Buffer.from(data);
    const packed = deflateRawSync(bytes);
    const fileName = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800 | flags, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(claimedChecksum ?? crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claimedSize ?? bytes.length, 18);
    common.writeUInt16LE(fileName.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, fileName, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    centrals.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x03", "latin1"), common, tail, fileName]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}

export interface WheelFacts {
  readonly name: string;
  readonly version: string;
  /** PYTHON-ABI-PLATFORM */
  readonly tag?: string;
  readonly purelib?: boolean;
  /** Lines of METADATA beside name and version. */
  readonly metadata?: readonly string[];
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** A wheel, and the name that its file must have. */
export function wheelOf({ name, version, tag = "py3-none-any", purelib = true, metadata = [], files }: WheelFacts): {
  file: string;
  bytes: Buffer;
} {
  const info = `${name}-${version}.dist-info`;
  const all: Record<string, string | Uint8Array> = {
    ...files,
    [`${info}/METADATA`]: [
      "Metadata-Version: 2.4",
      `Name: ${name}`,
      `Version: ${version}`,
      ...metadata,
      "",
      "A package.",
    ].join("\n"),
    [`${info}/WHEEL`]: `Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: ${purelib}\nTag: ${tag}\n`,
    [`${info}/RECORD`]: "",
  };
  return {
    file: `${name}-${version}-${tag}.whl`,
    bytes: zipOf(Object.entries(all).map(([path, data]) => ({ name: path, data }))),
  };
}
