import browser from 'webextension-polyfill';
import { defineBackground } from 'wxt/utils/define-background';

export default defineBackground(() => {
  browser.runtime.onMessage.addListener(() => undefined);
});
