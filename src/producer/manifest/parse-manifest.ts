import { checkManifest } from './check-manifest.ts';
import { decode } from './decode.ts';
import { capIssues } from './issue.ts';
import { MAX_BYTES, type ParseResult, refuse, tooLarge } from './parse-result.ts';
import { type PlainYaml, readPlain } from './plain/read-plain.ts';
import { readYaml, type SoundYaml } from './read-yaml.ts';

/** A manifest from the bytes of its file, or everything that is wrong with it. Never throws. */
export function parseManifest(bytes: Uint8Array, file: string): ParseResult {
  if (bytes.length > MAX_BYTES) return refuse(file, tooLarge(bytes.length));
  const decoded = decode(bytes);
  if (!decoded.ok) return refuse(file, decoded.fault.message, decoded.fault);
  return checkQuickly(decoded.text, file) ?? checkText(decoded.text, file);
}

/**
 * A file about which nothing at all has to be said is not read by the YAML parser: that takes most of
 * the time. Words about a file, and places in it, are never given here.
 */
function checkQuickly(text: string, file: string): ParseResult | undefined {
  const plain = readPlain(text);
  const result = plain && checkManifest({ value: plain.value, placeOf: placesOf(plain) }, file);
  return result?.ok && result.warnings.length === 0 ? result : undefined;
}

/** Of images only: other places are asked for where something is wrong. */
function placesOf({ imageLines }: PlainYaml): SoundYaml['placeOf'] {
  return (path) => {
    const [list, index] = path;
    const line = list === 'images' && typeof index === 'number' ? imageLines[index] : undefined;
    return { line: line ?? 1, column: 1 };
  };
}

function checkText(text: string, file: string): ParseResult {
  const yaml = readYaml(text);
  if (!yaml.ok) {
    const issues = yaml.faults.map((fault) => ({ file, ...fault }));
    return { ok: false, issues: capIssues(issues), warnings: [] };
  }
  if (yaml.value === null || yaml.value === undefined) {
    return refuse(file, 'is empty: nothing to import');
  }
  return checkManifest(yaml, file);
}
