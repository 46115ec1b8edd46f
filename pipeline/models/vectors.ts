/** A vector as text, as it is kept and sent between machines: float32, little-endian, in base64. */
export function packVector(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString("base64");
}

/** The vector that was packed. */
export function unpackVector(packed: string): Float32Array {
  const bytes = Buffer.from(packed, "base64");
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}
