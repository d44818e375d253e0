/** The value below which a share (0 to 1) of the values lies; 0 of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

export function rounded(value: number, digits = 2): string {
  return value.toFixed(digits);
}

/** Median with the smallest and the largest of several runs: `0.71 (0.68–0.75)`. */
export function spread(values: readonly number[], digits = 2): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const middle = rounded(quantile(values, 0.5), digits);
  return values.length < 2
    ? middle
    : `${middle} (${rounded(low, digits)}–${rounded(high, digits)})`;
}
