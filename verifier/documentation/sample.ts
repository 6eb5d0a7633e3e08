import { type Document, resolved, type Schema } from './document.ts';

const isNullable = ({ type, enum: values }: Schema) =>
  (Array.isArray(type) && type.includes('null')) || values?.includes(null);

/** A value that a schema allows, from its own examples where it has some. Plain, for what nobody wrote an example for. */
export function sampleOf(document: Document, given: Schema): unknown {
  const schema = resolved(document, given);
  if (schema.const !== undefined) return schema.const;
  if (isNullable(schema)) return null;
  if (schema.example !== undefined) return schema.example;
  if (schema.enum !== undefined) return schema.enum[0];
  const variant = schema.oneOf?.[0] ?? schema.anyOf?.[0];
  if (variant !== undefined) return sampleOf(document, variant);
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, sampleOf(document, inner)]),
      );
    case 'array':
      return schema.items === undefined ? [] : [sampleOf(document, schema.items)];
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return true;
    default:
      return schema.format === 'date-time' ? '2026-11-21T09:00:00.000Z' : 'text';
  }
}

/** Fields that tell how an answer went; the first one that a schema has counts. */
const deciding = ['outcome', 'otp'] as const;

export interface Outcome {
  /** Such as `accepted`. */
  readonly name: string;
  readonly field: (typeof deciding)[number];
  /** What an answer with this outcome looks like. */
  readonly schema: Schema;
}

/** Each outcome that an answer's schema tells apart, in its order; none where it tells none apart. */
export function outcomesOf(document: Document, answer: Schema): readonly Outcome[] {
  const schema = resolved(document, answer);
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants !== undefined) return variants.flatMap((variant) => outcomesOf(document, variant));
  for (const field of deciding) {
    const given = schema.properties?.[field];
    if (given === undefined) continue;
    const inner = resolved(document, given);
    const values = inner.const === undefined ? (inner.enum ?? []) : [inner.const];
    if (values.length > 0) return values.map((value) => ({ name: String(value), field, schema }));
  }
  return [];
}
