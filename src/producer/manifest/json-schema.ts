import { z } from 'zod';
import { manifestSchema, NEEDED_FIELDS } from './image-schema.ts';

/**
 * The published JSON Schema, made from the schema that validates. Rules between fields (os_version
 * with quick_import, tags or image_tags, …) are not in it: `validate` checks them.
 */
export function manifestJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(manifestSchema, {
    io: 'input',
    target: 'draft-7',
  });
  const published = {
    $schema,
    title: 'ims-ferry manifest',
    description: 'Images to import from OBS into IMS',
    ...withPatterns(schema),
    allOf: NEEDED_FIELDS.map(neededUnlessDefault),
  };
  return `${JSON.stringify(published, null, 2)}\n`;
}

/** A field that each image needs, unless the defaults have it. */
function neededUnlessDefault(field: string) {
  return {
    if: { required: ['defaults'], properties: { defaults: { required: [field] } } },
    else: { properties: { images: { items: { required: [field] } } } },
  };
}

/** `bucket:dir/*.qcow2`, and a name with the file's in it. */
const FILE_PATTERN =
  '^(?!.*\\?.*=)(?!(?:[^*]*\\*+[^*]){4})[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]:[^\\s]*[*?][^\\s]*$';
const NAME_PATTERN = '\\$\\{basename\\}';

/** What an entry that stands for many may hold beside what an image may. */
function withPatterns(schema: object): object {
  const text = JSON.stringify(schema, (key, value: unknown) => {
    if (key !== 'image' || value === null || typeof value !== 'object') return value;
    const { properties } = value as { properties: Record<string, { pattern?: string }> };
    const { name = {}, image_url = {}, description = {} } = properties;
    const loosened = {
      ...properties,
      name: either(name, NAME_PATTERN),
      image_url: either(image_url, FILE_PATTERN),
      description: either(description, NAME_PATTERN),
    };
    return { ...value, properties: loosened };
  });
  return JSON.parse(text) as object;
}

function either({ pattern, ...rest }: { readonly pattern?: string }, other: string): object {
  return { ...rest, anyOf: [{ pattern }, { pattern: other }] };
}
