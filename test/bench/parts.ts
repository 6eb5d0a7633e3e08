import { echo, type Place } from './echo.ts';
import { growth } from './growth.ts';
import { postgres } from './postgres.ts';
import { names } from './report.ts';
import type { Target } from './target.ts';
import { verifier } from './verifier.ts';

/** What `--only` chooses from. Targets of one part may share a server. */
export const parts: Readonly<Record<string, (place: Place) => readonly Target[]>> = {
  echo: (place) => [echo(place)],
  sqlite: (place) => [verifier(place).validation],
  others: (place) => {
    const { requirement, provisioning, userList } = verifier(place);
    return [requirement, provisioning, userList];
  },
  postgres: (place) => postgres(place),
  growth: (place) => growth(place, { [names.small]: 10_000, [names.large]: place.growthTokens }),
};

export const partNames = Object.keys(parts);
