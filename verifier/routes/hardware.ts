import * as z from 'zod';
import { serialSchema } from '../../shared/wire.ts';
import { Problem } from '../problem.ts';
import type { HardwareState } from '../rules/state.ts';
import type { Transaction } from '../store/store.ts';

export const serialParams = z.object({
  serial: serialSchema.meta({
    param: { name: 'serial', in: 'path' },
    description: 'Serial on the back of a hardware token: 8 to 12 digits as text, leading zeros count.',
    example: '00123456',
  }),
});

/** @throws Problem 404 where the institution's stock has no such token */
export async function loadHardware(
  transaction: Transaction,
  serviceId: string,
  serial: string,
): Promise<HardwareState> {
  const hardware = await transaction.hardware(serviceId, serial);
  if (hardware === null) throw new Problem('notFound', 'The stock has no hardware token with this serial.');
  return hardware;
}
