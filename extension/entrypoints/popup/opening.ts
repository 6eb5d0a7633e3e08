import type { Response, ShownCode } from '../../messages.ts';
import { send } from '../../ui/send.ts';

/** What the background answers when the popup opens. */
export interface Opened
  extends Omit<Response<'openPopup'>, 'vault' | 'waitMs' | 'tokens' | 'damaged' | 'lock' | 'erased' | 'codes'> {
  readonly state: Response<'getState'>;
  /** A token's code as it came with the answer, once; later it has to be asked for. */
  readonly takeCode: (tokenId: string) => ShownCode | null;
}

async function ask(): Promise<Opened> {
  const { settings, page, codes, ...state } = await send('openPopup', {});
  const left = new Map(Object.entries(codes));
  const takeCode = (tokenId: string) => {
    const code = left.get(tokenId) ?? null;
    left.delete(tokenId);
    return code;
  };
  return { state, settings, page, takeCode };
}

/** Asked before anything else runs, so that the answer is on its way while the views are still being read. */
let first: Promise<Opened> | null = ask();

/** The first answer once, and then a new one each time. */
export function opening(): Promise<Opened> {
  const answer = first ?? ask();
  first = null;
  return answer;
}
