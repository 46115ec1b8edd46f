import { statSync } from "node:fs";

/** What tells that a file is the same as before, without reading it. */
export interface FileStamp {
  readonly text: string;
  /**
   * Whether it can be relied on: a file that was written within the last two seconds may be written again within the
   * clock's resolution and keep its times.
   */
  readonly settled: boolean;
}

/** The stamp of a file: its inode, size and times. To wait for them would take longer than they do. */
export function stampOf(file: string): FileStamp {
  const { ino, size, mtimeNs, ctimeNs, ctimeMs } = statSync(file, { bigint: true });
  return { text: [ino, size, mtimeNs, ctimeNs].join(" "), settled: Date.now() - Number(ctimeMs) > 2000 };
}
