/**
 * Empties the clipboard. Chrome opens this page without a window; it never has the focus that `navigator.clipboard`
 * asks for, so the copy command of old is the way that is left.
 */
document.addEventListener('copy', (event) => {
  event.clipboardData?.setData('text/plain', '');
  event.preventDefault();
});
document.execCommand('copy');
