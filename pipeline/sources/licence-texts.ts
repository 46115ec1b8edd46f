/**
 * The licences whose text stands in a licence file, as SPDX identifiers in the order of the table below; empty where
 * none is recognised. A text says which version it is, never whether a later one may be chosen: `-only` is the strict reading.
 */
export function recogniseLicences(text: string): string[] {
  const normal = normalise(text);
  const found = texts.filter(({ all, none = [] }) => all.every((part) => contains(normal, part)) && !none.some((part) => contains(normal, part))).map(({ id }) => id);
  // LGPL 3 is a set of permissions on top of GPL 3, and stands in one file with it.
  return found.includes("LGPL-3.0-only") ? found.filter((id) => id !== "GPL-3.0-only") : found;
}

interface LicenceText {
  readonly id: string;
  /** What the text must hold, in words separated by one space, without quotation marks or comment signs. */
  readonly all: readonly (string | RegExp)[];
  readonly none?: readonly (string | RegExp)[];
}

const redistribution = [
  "redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are met",
  /redistributions? of source code must retain the (?:above )?copyright/u,
  /redistributions? in binary form must reproduce the (?:above )?copyright/u,
] as const;
const endorsement = /used to endorse or promote products/u;
const advertising = /all advertising materials mentioning/u;

const texts: readonly LicenceText[] = [
  {
    id: "MIT",
    all: [
      "permission is hereby granted, free of charge, to any person obtaining a copy",
      /the above copyright notice and this permission notice (?:\(including the next paragraph\) )?shall be included in all copies/u,
      /without warranty of any kind/u,
    ],
    none: ["except as contained in this notice, the name", "font software"],
  },
  { id: "MIT-0", all: ["permission is hereby granted, free of charge, to any person obtaining a copy", /without warranty of any kind/u], none: [/and this permission notice/u, "font software"] },
  { id: "X11", all: ["permission is hereby granted, free of charge, to any person obtaining a copy", "except as contained in this notice, the name"] },
  { id: "BSD-4-Clause", all: [...redistribution, advertising] },
  { id: "BSD-3-Clause", all: [...redistribution, endorsement], none: [advertising, "no express or implied licenses to any party's patent rights"] },
  { id: "BSD-3-Clause-Clear", all: [...redistribution, endorsement, "no express or implied licenses to any party's patent rights"] },
  { id: "BSD-2-Clause", all: redistribution, none: [advertising, endorsement] },
  { id: "Apache-2.0", all: [/apache license,? version 2\.0, january 2004/u] },
  { id: "Apache-2.0", all: ["licensed under the apache license, version 2.0"], none: [/apache license,? version 2\.0, january 2004/u] },
  { id: "ISC", all: [/permission to use, copy, modify, and(?:\/or)? distribute this software for any purpose with or without fee is hereby granted, provided that/u, "the software is provided as is"] },
  { id: "0BSD", all: [/permission to use, copy, modify, and(?:\/or)? distribute this software for any purpose with or without fee is hereby granted\. /u] },
  { id: "MPL-2.0", all: [/mozilla public license,? (?:version|v\.) ?2\.0/u] },
  { id: "AGPL-3.0-only", all: ["gnu affero general public license version 3, 19 november 2007"] },
  { id: "LGPL-3.0-only", all: ["gnu lesser general public license version 3, 29 june 2007"] },
  { id: "LGPL-2.1-only", all: ["gnu lesser general public license version 2.1, february 1999"] },
  { id: "LGPL-2.0-only", all: ["gnu library general public license version 2, june 1991"] },
  { id: "GPL-3.0-only", all: ["gnu general public license version 3, 29 june 2007"] },
  { id: "GPL-2.0-only", all: ["gnu general public license version 2, june 1991"] },
  { id: "Unlicense", all: ["this is free and unencumbered software released into the public domain"] },
  { id: "Python-2.0", all: ["python software foundation license version 2", "beopen"] },
  { id: "PSF-2.0", all: ["python software foundation license version 2"], none: ["beopen"] },
  { id: "Zlib", all: [/this software is provided as-is, without any express or implied warranty/u, /altered source versions must be plainly marked as such/u] },
  { id: "BSL-1.0", all: ["boost software license - version 1.0"] },
  { id: "CC0-1.0", all: [/cc0 1\.0 universal/u] },
  { id: "EPL-2.0", all: ["eclipse public license - v 2.0"] },
  { id: "EUPL-1.2", all: [/european union public licence v\. ?1\.2/u] },
  { id: "BUSL-1.1", all: ["business source license 1.1"] },
  { id: "SSPL-1.0", all: ["server side public license version 1, october 16, 2018"] },
  { id: "Elastic-2.0", all: [/elastic license 2\.0/u] },
  { id: "CC-BY-NC-4.0", all: [/(?:attribution-noncommercial 4\.0 international|cc by-nc 4\.0)/u] },
  { id: "LicenseRef-Commons-Clause", all: ["commons clause"] },
];

function contains(text: string, part: string | RegExp): boolean {
  return typeof part === "string" ? text.includes(part) : part.test(text);
}

/** Layout, quotation marks, comment signs and list bullets say nothing. */
function normalise(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/^[ \t]*(?:#+|\/\/+|\*+(?!\/)|;+|\.\.)[ \t]?/gmu, "")
    .replaceAll(/["'`“”‘’«»]+/gu, "")
    .replaceAll(/\bpartys\b/gu, "party's")
    .replaceAll(/\s+/gu, " ");
}
