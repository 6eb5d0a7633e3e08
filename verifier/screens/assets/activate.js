// The IDs stand in the fragment: they never leave the browser.
const given = new URLSearchParams(location.hash.slice(1));
const serviceId = given.get('serviceId') ?? '';
const userId = given.get('userId') ?? '';

if (/^[0-9A-Za-z]{1,16}$/.test(serviceId) && /^[0-9A-Za-z]{1,64}$/.test(userId)) {
  document.getElementById('service-id').textContent = serviceId;
  document.getElementById('user-id').textContent = userId.match(/.{1,4}/g).join('-');
  document.getElementById('no-ids').hidden = true;
  document.getElementById('copy-row').hidden = !navigator.clipboard;
}

document.getElementById('copy').addEventListener('click', async () => {
  const said = document.getElementById('copied');
  try {
    await navigator.clipboard.writeText(location.href);
    said.textContent = 'コピーしました / Copied';
  } catch {
    said.textContent = 'アドレス欄からコピーしてください / Copy it from the address bar';
  }
});
