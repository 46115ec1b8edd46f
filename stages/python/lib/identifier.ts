/**
 * A name as Python knows it: identifiers are compared in their NFKC form (Language Reference, 2.3), so that MICRO SIGN
 * is the Greek letter.
 */
export function pythonName(written: string): string {
  return isAscii.test(written) ? written : written.normalize("NFKC");
}

// oxlint-disable-next-line no-control-regex
const isAscii = /^[\u0000-\u007F]*$/u;
