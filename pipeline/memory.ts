import { totalmem } from "node:os";

/**
 * Bytes of memory that this process may use with all that it starts: the machine's, or less where a control group (a
 * container, a service) says so.
 */
export function memoryLimit({ total = totalmem(), constrained = process.constrainedMemory() } = {}): number {
  // 0 or a number near 2^64 where there is no limit, or none is known.
  return constrained > 0 && constrained < total ? constrained : total;
}
