/** Puts a text into the clipboard; browsers offer their own way to pages of a secure origin only. */
export const copyText = async (text: string): Promise<void> => {
  if (isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
};
