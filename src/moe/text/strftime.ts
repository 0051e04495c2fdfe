/** The part of C's `strftime` that chat templates use, in the C locale and in local time, as the reference library. */

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

/** Unknown conversions stay as they are. */
export function strftime(date: Date, format: string): string {
  return format.replace(/%([a-zA-Z%])/g, (whole, conversion: string) => convert(date, conversion) ?? whole);
}

function convert(date: Date, conversion: string): string | undefined {
  const two = (value: number) => String(value).padStart(2, "0");
  const month = MONTHS[date.getMonth()] as string;
  const day = DAYS[date.getDay()] as string;
  switch (conversion) {
    case "Y":
      return String(date.getFullYear());
    case "y":
      return two(date.getFullYear() % 100);
    case "m":
      return two(date.getMonth() + 1);
    case "B":
      return month;
    case "b":
      return month.slice(0, 3);
    case "d":
      return two(date.getDate());
    case "A":
      return day;
    case "a":
      return day.slice(0, 3);
    case "H":
      return two(date.getHours());
    case "I":
      return two(date.getHours() % 12 || 12);
    case "M":
      return two(date.getMinutes());
    case "S":
      return two(date.getSeconds());
    case "p":
      return date.getHours() < 12 ? "AM" : "PM";
    case "j":
      return String(dayOfYear(date)).padStart(3, "0");
    case "%":
      return "%";
    default:
      return undefined;
  }
}

function dayOfYear(date: Date): number {
  const dayMs = 86_400_000;
  const today = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((today - Date.UTC(date.getFullYear(), 0, 0)) / dayMs);
}
