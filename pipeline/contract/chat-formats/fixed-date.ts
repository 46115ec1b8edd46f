/** The date that a template is told of where no other is named: rows and answers must not depend on the day. */
export const fixedDate = "2025-01-01";

/** A date (YYYY-MM-DD) as strftime of C writes it, in English, at midnight. What it does not know stays as it is. */
export function strftime(date: string, format: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  const word = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" }).format(day);
  const [year = "", month = "", dayOfMonth = ""] = date.split("-");
  const parts: Readonly<Record<string, string>> = {
    "%Y": year,
    "%y": year.slice(-2),
    "%m": month,
    "%d": dayOfMonth,
    "%e": dayOfMonth.replace(/^0/u, " "),
    "%-d": dayOfMonth.replace(/^0/u, ""),
    "%-m": month.replace(/^0/u, ""),
    "%B": word({ month: "long" }),
    "%b": word({ month: "long" }).slice(0, 3),
    "%A": word({ weekday: "long" }),
    "%a": word({ weekday: "short" }),
    "%H": "00",
    "%I": "12",
    "%M": "00",
    "%S": "00",
    "%p": "AM",
    "%F": date,
    "%%": "%",
  };
  return format.replaceAll(/%-?[a-zA-Z%]/gu, (written) => parts[written] ?? written);
}
