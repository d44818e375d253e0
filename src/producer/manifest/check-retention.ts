import { FAMILY, LIMITS } from '../../shared/image/image-fields.ts';
import type { RetentionRule } from '../../shared/image/image-request.ts';
import { isMapping } from '../spelling/canonical-image.ts';
import { RETENTION_FIELDS, retentionSchema } from './image-schema.ts';
import { type Findings, type Path, show } from './issue.ts';
import { explainUnknownField } from './unknown-field.ts';

/** The rules of `retention:`, or everything that is wrong with them; `undefined` without the field. */
export function checkRetention(
  value: unknown,
  findings: Findings,
): readonly RetentionRule[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0 || value.length > LIMITS.retentionRules) {
    const must = `a list of 1 to ${LIMITS.retentionRules} rules {family, keep_last}`;
    findings.error(['retention'], `is ${show(value)}; it must be ${must}`);
    return undefined;
  }
  const rules = value.flatMap((rule: unknown, at) => ruleOf(rule, ['retention', at], findings));
  const families = rules.map(({ family }) => family);
  for (const [at, family] of families.entries()) {
    if (families.indexOf(family) === at) continue;
    findings.error(['retention', at, 'family'], `repeats ${show(family)}; name each family once`);
  }
  return rules;
}

function ruleOf(rule: unknown, path: Path, findings: Findings): RetentionRule[] {
  const parsed = retentionSchema.safeParse(rule);
  if (parsed.success) {
    return [{ family: parsed.data.family, keepLast: parsed.data.keep_last }];
  }
  if (!isMapping(rule)) {
    const must = 'a rule such as {family: "debian-12-*", keep_last: 3}';
    findings.error(path, `is ${show(rule)}; it must be ${must}`);
    return [];
  }
  for (const key of Object.keys(rule)) {
    if (RETENTION_FIELDS.includes(key)) continue;
    findings.error([...path, key], explainUnknownField(key, RETENTION_FIELDS), 'key');
  }
  const { family, keep_last: keepLast } = retentionSchema.shape;
  if (!family.safeParse(rule['family']).success) {
    findings.error([...path, 'family'], explainFamily(rule['family']));
  }
  if (!keepLast.safeParse(rule['keep_last']).success) {
    findings.error([...path, 'keep_last'], explainKeepLast(rule['keep_last']));
  }
  return [];
}

const FAMILY_MUST =
  'image names with * and ?, such as "debian-12-*", with at least one letter or digit';

function explainFamily(value: unknown): string {
  if (value === undefined) return `is missing; it must be ${FAMILY_MUST}`;
  const isEverything = typeof value === 'string' && FAMILY.test(`${value}a`);
  const why = isEverything ? ', which matches images of any name' : '';
  return `is ${show(value)}${why}; it must be ${FAMILY_MUST}`;
}

function explainKeepLast(value: unknown): string {
  const must = `a whole number from 1 to ${LIMITS.keepLast}`;
  if (value === undefined) return `is missing; it must be ${must}`;
  const hint = value === 0 ? ': prune always keeps the newest image of a family' : '';
  return `is ${show(value)}; it must be ${must}${hint}`;
}
