import { z } from 'zod';
import { manifestSchema } from './image-schema.ts';

/** The published JSON Schema, made from the schema that validates. */
export function manifestJsonSchema(): string {
  const schema = z.toJSONSchema(manifestSchema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify(schema, null, 2)}\n`;
}
