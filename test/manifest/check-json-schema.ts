/** The part of JSON Schema (draft 7) that the published schema uses. */
export interface Schema {
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly propertyNames?: Schema;
  readonly maxProperties?: number;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly if?: Schema;
  readonly then?: Schema;
  readonly else?: Schema;
  readonly [note: string]: unknown;
}

const KNOWN = new Set(
  '$ref $schema $id definitions type enum const minimum maximum minLength maxLength pattern minItems maxItems items properties required additionalProperties patternProperties propertyNames maxProperties anyOf allOf if then else title description'.split(
    ' ',
  ),
);

/** Whether a value is fit for the schema. Throws at a keyword that this check does not know. */
export function isFit(schema: Schema, value: unknown, root: Schema = schema): boolean {
  const strange = Object.keys(schema).find((keyword) => !KNOWN.has(keyword));
  if (strange !== undefined) throw new Error(`unknown keyword ${strange}`);
  const fits = (part: Schema, inner: unknown = value) => isFit(part, inner, root);
  const target = schema.$ref?.replace('#/definitions/', '');
  return [
    target === undefined || fits(root.definitions?.[target] ?? { enum: [] }),
    schema.type === undefined || hasType(schema.type, value),
    schema.enum?.includes(value) ?? true,
    schema.const === undefined || schema.const === value,
    typeof value !== 'number' || isBetween(value, schema.minimum, schema.maximum),
    typeof value !== 'string' || isText(schema, value),
    !Array.isArray(value) || isList(schema, value, fits),
    !isMapping(value) || isObject(schema, value, fits),
    schema.anyOf?.some((part) => fits(part)) ?? true,
    schema.allOf?.every((part) => fits(part)) ?? true,
    schema.if === undefined || fits((fits(schema.if) ? schema.then : schema.else) ?? {}),
  ].every(Boolean);
}

type Fits = (part: Schema, inner?: unknown) => boolean;

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasType(type: string, value: unknown): boolean {
  if (type === 'object') return isMapping(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

function isBetween(value: number, least = -Infinity, most = Infinity): boolean {
  return value >= least && value <= most;
}

function isText({ minLength, maxLength, pattern }: Schema, value: string): boolean {
  const matches = pattern === undefined || new RegExp(pattern, 'u').test(value);
  return matches && isBetween(value.length, minLength, maxLength);
}

function isList({ minItems, maxItems, items }: Schema, value: unknown[], fits: Fits): boolean {
  return (
    isBetween(value.length, minItems, maxItems) && value.every((item) => fits(items ?? {}, item))
  );
}

function isObject(schema: Schema, value: Record<string, unknown>, fits: Fits): boolean {
  const { properties = {}, required = [], additionalProperties, propertyNames = {} } = schema;
  const matching = Object.entries(schema.patternProperties ?? {});
  return (
    required.every((name) => name in value) &&
    isBetween(Object.keys(value).length, 0, schema.maxProperties) &&
    Object.keys(value).every((name) => fits(propertyNames, name)) &&
    Object.entries(value).every(([name, inner]) => {
      const pattern = matching.find(([one]) => new RegExp(one, 'u').test(name));
      const part = properties[name] ?? pattern?.[1] ?? additionalProperties;
      return typeof part === 'object' ? fits(part, inner) : part !== false;
    })
  );
}
