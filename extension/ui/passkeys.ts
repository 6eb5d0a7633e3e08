import { fromBase64, randomBytes, toBase64 } from '../bytes.ts';
import type { PasskeySummary } from '../messages.ts';
import { browser } from './browser.ts';

/** Why no secret came: the person or the browser called it off, or the authenticator computes none (WebAuthn PRF). */
export type PasskeyFailure = 'cancelled' | 'noPrf';

/**
 * Whether this browser lets the extension's own pages make passkeys. Chrome does, under the extension's own name;
 * Firefox takes only names of hosts that the extension was granted, and those are the banks'.
 */
export function offersPasskeys(): boolean {
  return browser.runtime.getURL('/').startsWith('chrome-extension:') && 'PublicKeyCredential' in globalThis;
}

/** Has the browser make a passkey. Bytes are base64. Call it from a page that stays while a dialog is in front. */
export async function createPasskey(
  present: readonly PasskeySummary[],
): Promise<{ readonly credentialId: string; readonly salt: string; readonly secret: string } | PasskeyFailure> {
  const salt = randomBytes(32);
  const credential = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        rp: { name: 'Shirushi' },
        user: { id: randomBytes(16), name: 'Shirushi', displayName: 'Shirushi (しるし)' },
        // Nobody checks the signature: what counts is the secret.
        challenge: randomBytes(32),
        pubKeyCredParams: [-7, -257, -8].map((alg) => ({ type: 'public-key', alg })),
        excludeCredentials: present.map(descriptor),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        // An empty request makes some platforms fail; this one also spares a second dialog where they can.
        extensions: { prf: { eval: { first: salt } } },
      },
    }),
  );
  if (credential === null) return 'cancelled';
  const { prf } = credential.getClientExtensionResults();
  if (prf?.enabled !== true) return 'noPrf';
  const made = { credentialId: toBase64(new Uint8Array(credential.rawId)), salt: toBase64(salt) };
  const first = prf.results?.first;
  if (first !== undefined) return { ...made, secret: secretOf(first) };
  // Security keys compute it only when they are used.
  const used = await usePasskey([{ id: '', addedAtMs: 0, ...made }]);
  return typeof used === 'string' ? used : { ...made, secret: used.secret };
}

/** Has the browser use one of these passkeys. Bytes are base64. */
export async function usePasskey(
  passkeys: readonly PasskeySummary[],
): Promise<{ readonly credentialId: string; readonly secret: string } | PasskeyFailure> {
  const credential = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: randomBytes(32),
        allowCredentials: passkeys.map(descriptor),
        userVerification: 'required',
        extensions: {
          prf: {
            evalByCredential: Object.fromEntries(
              passkeys.map(({ credentialId, salt }) => [toBase64Url(credentialId), { first: fromBase64(salt) }]),
            ),
          },
        },
      },
    }),
  );
  if (credential === null) return 'cancelled';
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (first === undefined) return 'noPrf';
  return { credentialId: toBase64(new Uint8Array(credential.rawId)), secret: secretOf(first) };
}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential | null> {
  try {
    return (await ask()) as PublicKeyCredential | null;
  } catch {
    return null;
  }
}

function descriptor({ credentialId }: PasskeySummary): PublicKeyCredentialDescriptor {
  return { type: 'public-key', id: fromBase64(credentialId) };
}

function secretOf(output: BufferSource): string {
  return toBase64(
    ArrayBuffer.isView(output)
      ? new Uint8Array(output.buffer, output.byteOffset, output.byteLength)
      : new Uint8Array(output),
  );
}

function toBase64Url(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
