import type { Place } from './echo.ts';
import type { Target } from './target.ts';
import { sqliteValidation } from './verifier.ts';

/** The same validations over databases of different size, at 64 connections. */
export function growth(place: Place, sizes: Readonly<Record<string, number>>): readonly Target[] {
  return Object.entries(sizes).map(([name, count]) => sqliteValidation(name, { ...place, connections: [64] }, count));
}
