/** What the stream tells of a tool's result: its start, on one line. */

const SUMMARY_UNITS = 200

/** The rest of a long text is never looked at. */
export function summarize(text: string): string {
  return text
    .slice(0, 4 * SUMMARY_UNITS)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, SUMMARY_UNITS)
    .toWellFormed()
}
