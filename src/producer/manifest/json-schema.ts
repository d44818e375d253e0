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
    ...schema,
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
