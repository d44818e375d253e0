import { z } from 'zod';
import { RIGHTS } from './ims/rights.ts';
import { STATES } from './options.ts';
import { CALL_NAMES } from './server/call-names.ts';

const text = z.string().min(1);
const coded = z.strictObject({
  code: text,
  status: z.int().min(100).max(599).optional(),
  message: z.string().optional(),
  accepted: z.boolean().optional(),
});
const project = z.strictObject({ id: text, name: text, region: text });

/** The switches that are not just a word, a number or a list of words. */
const SHAPES: Readonly<Record<string, z.ZodType>> = {
  temporaryKeys: z.strictObject({ accessKey: text, secretKey: text, securityToken: text }),
  agency: z.strictObject({
    name: text,
    domain: text,
    domainId: text,
    projects: z.array(project),
  }),
  missingRights: z.array(z.enum(RIGHTS)),
  answers: z.partialRecord(z.enum(CALL_NAMES), z.union([text, coded])),
  statusWords: z.partialRecord(z.enum(STATES), text),
  catalogInterfaces: z.array(z.enum(['public', 'internal', 'admin'])).min(1),
};

/** What is wrong with the value of such a switch; `undefined` for a switch of another kind. */
export function shapeProblem(name: string, value: unknown): readonly string[] | undefined {
  const parsed = SHAPES[name]?.safeParse(value);
  return (
    parsed?.error?.issues.map(({ path, message }) => `${[name, ...path].join('.')}: ${message}`) ??
    (parsed && [])
  );
}
