import type { Institution } from '../../shared/institution.ts';
import type { Store } from '../store/store.ts';
import { refuse, type Terminal } from './terminal.ts';

/** The institution of a Service ID, or the only one; null where that is refused, which was said then. */
export async function chooseInstitution(
  store: Store,
  terminal: Terminal,
  serviceId: string | null,
): Promise<Institution | null> {
  const all = await store.serviceIds();
  const chosen = serviceId ?? (all.length === 1 ? all[0] : undefined);
  const found = chosen === undefined ? null : await store.institution(chosen);
  if (found !== null) return found;
  if (serviceId !== null) {
    refuse(
      terminal,
      `There is no institution with Service ID ${serviceId}.`,
      `サービスID ${serviceId} の金融機関はありません。`,
    );
  } else if (all.length === 0) {
    refuse(
      terminal,
      'There is no institution yet. Apply one first: institution apply FILE',
      '金融機関が登録されていません。先に institution apply FILE を実行してください。',
    );
  } else {
    refuse(
      terminal,
      `There are several institutions (${all.join(', ')}). Name one with --institution.`,
      `金融機関が複数あります(${all.join('、')})。--institution で指定してください。`,
    );
  }
  return null;
}
