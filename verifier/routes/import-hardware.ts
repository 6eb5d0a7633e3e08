import { createRoute } from '@hono/zod-openapi';
import type * as z from 'zod';
import { type ImportHardwareAnswer, importHardwareAnswerSchema, importHardwareSchema } from '../../shared/wire.ts';
import type { App, Caller, Context } from '../context.ts';
import { type ImportReport, importSeedFile } from '../hardware/import.ts';
import { type KeyMaterial, parseMaterial } from '../hardware/material.ts';
import { seedFileOf } from '../hardware/source.ts';
import { idempotencyMs, type Keep, once } from '../idempotency.ts';
import { callerOf } from '../middleware.ts';
import { Problem } from '../problem.ts';
import { actingBranch } from './acting.ts';
import { answers, apiKeySecurity, forBank, idempotencyHeaders, jsonBody } from './define.ts';

const path = '/v1/branch/hardware-tokens/import';
type Request = z.output<typeof importHardwareSchema>;

function materialOf({ key, password, privateKey, allow }: Request): KeyMaterial {
  const wrong = (path: string, expected: string) =>
    new Problem('malformed', 'Correct the fields that are named.', { fields: [{ path, expected }] });
  if (key !== undefined && password !== undefined) throw wrong('password', 'a key or a password, not both');
  const parsed = parseMaterial({ key, password, privateKey, allow });
  if (parsed.ok) return parsed.value;
  throw wrong(
    parsed.reason,
    parsed.reason === 'key' ? '16 or more bytes as hex digits, or base64' : 'an RSA key of at most 4096 bits in PEM',
  );
}

function answerOf(report: ImportReport, dryRun: boolean): ImportHardwareAnswer {
  const { accepted, refused, held, signature } = report;
  const sound = refused.length === 0 || accepted.length > 0;
  const outcome = sound ? (dryRun ? 'checked' : 'imported') : 'refused';
  return { outcome, accepted: [...accepted], refused: [...refused], held: [...held], signature };
}

async function bring(context: Context, caller: Caller, body: Request, keep: Keep): Promise<ImportHardwareAnswer> {
  const { institution, keyId: actor } = caller;
  const { dryRun, partial, operator, document = null } = body;
  const nowMs = context.clock.nowMs();
  const report = await importSeedFile(context, {
    file: seedFileOf(Buffer.from(body.file, 'base64')),
    material: materialOf(body),
    institution,
    nowMs,
    dryRun,
    partial,
    by: { actor, operator, document },
    along: async (transaction, done) => {
      const kept = keep(answerOf(done, dryRun));
      if (kept !== null) await transaction.keepAnswer(institution.serviceId, kept, nowMs);
    },
  });
  return answerOf(report, dryRun);
}

/** POST /v1/branch/hardware-tokens/import: a vendor's seed file comes into stock, all of it or nothing. */
export function importHardware(app: App, context: Context): void {
  const route = createRoute({
    method: 'post',
    path,
    tags: ['Branch'],
    operationId: 'importHardwareTokens',
    summary: 'Bring a vendor’s seed file into stock',
    description:
      'PSKC (RFC 6030 and the drafts before it), or a list: serial, seed, type, digits, period. All or nothing: if one ' +
      'record is refused, the others are held back, unless `partial` is set. Only time-based keys of 128 bits or more ' +
      'are accepted. Neither seeds nor keys appear in the answer or in the log. The body may be larger than elsewhere; ' +
      'for larger files use `hardware import` on the command line.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'branch', 'json', context.limits.importBodyBytes),
    request: {
      headers: idempotencyHeaders,
      body: jsonBody(importHardwareSchema, {
        operator: 'S-0042',
        document: 'D-2026-0815',
        file: 'MDAxMjM0NTYsR0VaREdOQlZHWTNUUU9KUUdFWkRHTkJWR1kzVFFPSlEsdG90cCw2LDYwCg==',
        dryRun: true,
      }),
    },
    responses: answers(
      'What came into stock, and each record that did not.',
      importHardwareAnswerSchema,
      {
        outcome: 'refused',
        accepted: [],
        refused: [{ serial: '00123457', record: 2, reason: 'notTimeBased' }],
        held: ['00123456'],
        signature: 'none',
      },
      400,
      401,
      403,
      409,
      413,
      415,
      422,
      503,
    ),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const body = c.req.valid('json');
    actingBranch(caller, body);
    const answer = await once(context, c.req, caller, idempotencyMs.long, (keep) => bring(context, caller, body, keep));
    return c.json(answer, 200);
  });
}
