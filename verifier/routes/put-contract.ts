import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { contractIdSchema, contractSchema, putContractSchema } from '../../shared/wire.ts';
import { auditEntry } from '../audit.ts';
import type { App, Context } from '../context.ts';
import { callerOf } from '../middleware.ts';
import { Problem } from '../problem.ts';
import { answers, apiKeySecurity, forBank, jsonBody } from './define.ts';

const path = '/v1/contracts/{contractId}';

/** PUT /v1/contracts/{contractId}: makes a contract or replaces what is known of it. */
export function putContract(app: App, context: Context): void {
  const route = createRoute({
    method: 'put',
    path,
    tags: ['Directory'],
    operationId: 'putContract',
    summary: 'Put a contract (契約)',
    description:
      'Creates or replaces the contract. Without `otpStartsOn`, OTPs are required at once. An ended contract is kept as ' +
      'history: remove its users, and take its hardware tokens out of use as `retired`.',
    security: apiKeySecurity,
    middleware: forBank(context, path, 'bank', 'json'),
    request: {
      params: z.object({ contractId: contractIdSchema.meta({ param: { name: 'contractId', in: 'path' } }) }),
      body: jsonBody(putContractSchema, { kind: 'business', name: '株式会社山田商店', otpStartsOn: '2026-11-01' }),
    },
    responses: answers(
      'The contract as it is now.',
      contractSchema,
      { contractId: 'C-1001', kind: 'business', name: '株式会社山田商店', otpStartsOn: '2026-11-01' },
      400,
      401,
      403,
      409,
      413,
      415,
      503,
    ),
  });

  app.openapi(route, async (c) => {
    const caller = callerOf(c);
    const { serviceId } = caller.institution;
    const { contractId } = c.req.valid('param');
    const { kind, name, otpStartsOn = null } = c.req.valid('json');
    await context.store.transaction(serviceId, async (transaction) => {
      if (kind === 'individual' && (await transaction.userIdsOf(serviceId, contractId)).length > 1) {
        throw new Problem('conflict', 'An individual contract has one user; this one has more.');
      }
      await transaction.putContract(serviceId, { contractId, kind, name, otpStartsOn });
      await transaction.addAudit(
        auditEntry({
          serviceId,
          atMs: context.clock.nowMs(),
          actor: caller.keyId,
          operation: 'putContract',
          outcome: 'done',
          reference: contractId,
        }),
      );
    });
    return c.json({ contractId, kind, name, otpStartsOn }, 200);
  });
}
