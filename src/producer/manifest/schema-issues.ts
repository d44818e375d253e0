import { explainUnknownField } from './explain-field.ts';
import { explainValue } from './explain-value.ts';
import type { Findings } from './findings.ts';
import { DATA_IMAGE_FIELDS, IMAGE_FIELDS, PAIR_FIELDS } from './image-schema.ts';
import type { Path } from './issue.ts';

/** What zod tells of an issue, as far as it is read here: its words are not shown. */
export interface SchemaIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
}

/** Reports every issue of a schema under `at.path`, in our own words. */
export function reportSchemaIssues(
  issues: readonly SchemaIssue[],
  value: unknown,
  at: { readonly path: Path; readonly findings: Findings },
): void {
  const reported = new Set<string>();
  for (const issue of issues) {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    const id = `${issue.code === 'unrecognized_keys'} ${path.join('.')}`;
    // A text that is too long breaks the pattern, too: one message is enough.
    if (reported.has(id)) continue;
    reported.add(id);
    const full = [...at.path, ...path];
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys ?? []) {
        at.findings.error([...full, key], explainUnknownField(key, fieldsAt(path)), 'key');
      }
    } else {
      at.findings.error(full, explainValue(full, valueAt(value, path)));
    }
  }
}

function fieldsAt(path: Path): readonly string[] {
  if (path.includes('image_tags')) return PAIR_FIELDS;
  return path.includes('data_images') ? DATA_IMAGE_FIELDS : IMAGE_FIELDS;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (at === null || typeof at !== 'object') return undefined;
    at = Object.getOwnPropertyDescriptor(at, step)?.value;
  }
  return at;
}
