const NUMBER_FIELDS: ReadonlySet<string> = new Set([
  ...['min_disk', 'copy', 'priority', 'max_ram', 'min_ram', 'count'],
]);
export const BOOLEAN_FIELDS = ['quick_import', 'is_quick_import', 'is_config', 'is_config_init'];

/**
 * The value of a field where only text can be written, in CSV or in a variable: a number or true and
 * false where the field is one, and never a list or a mapping. Anything else stays text.
 */
export function typedText(field: string | number | undefined, text: string): unknown {
  if (typeof field !== 'string') return text;
  if (NUMBER_FIELDS.has(field) && /^(?:0|[1-9]\d{0,15})$/.test(text)) return Number(text);
  // A spreadsheet writes TRUE.
  if (BOOLEAN_FIELDS.includes(field) && /^(?:true|false)$/i.test(text)) return /^t/i.test(text);
  return text;
}
