import type { Place } from './echo.ts';
import type { Target } from './target.ts';
import { strideOver } from './validations.ts';
import { sqliteValidation } from './verifier.ts';

/**
 * The same validations over databases of different size, at 64 connections. The tokens lie all over the database, in no
 * order, as those of real users do: in their order most would find the pages of the one before.
 */
export function growth(place: Place, sizes: Readonly<Record<string, number>>): readonly Target[] {
  return Object.entries(sizes).map(([name, count]) =>
    sqliteValidation(name, { ...place, connections: [64] }, count, strideOver(count)),
  );
}
