import { expect, test } from 'vitest';
import type { Scripting } from 'webextension-polyfill';
import { createBankScripts } from '../../extension/bank-scripts.ts';
import { lockCode, Profile, token } from './support.ts';

test('two changes at once register the content script once', async () => {
  const vault = await new Profile().startVault();
  await vault.create(lockCode);
  const added = await vault.add(token);
  if (!added.ok) throw new Error(added.reason);
  await vault.setAutofill(added.value, true);
  const tokens = await vault.list();
  const registered: Scripting.RegisteredContentScript[] = [];
  const bankScripts = createBankScripts({
    vault: { ...vault, list: async () => tokens },
    isGranted: async () => true,
    lookInTabs: async () => {},
    scripting: {
      getRegisteredContentScripts: async () => {
        const told = [...registered];
        // The answer comes from another process, and both could have asked by then.
        await new Promise((resolve) => setTimeout(resolve));
        return told;
      },
      registerContentScripts: async (scripts) => void registered.push(...scripts),
      updateContentScripts: async () => {},
      unregisterContentScripts: async () => {},
    },
  });
  await Promise.all([bankScripts.reconcile(), bankScripts.reconcile()]);
  expect(registered.map(({ matches }) => matches)).toEqual([['https://bank.example/*']]);
});
