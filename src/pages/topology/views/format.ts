/** A moment in the reader's own time zone; the text itself if it is none. */
export const formatTime = (text: string | null): string => {
  if (text === null) return '';
  const date = new Date(text);
  return Number.isNaN(date.getTime())
    ? text
    : date.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
};

/** How long ago a moment was, in words. */
export const formatAge = (text: string | null, now = Date.now()): string => {
  const then = text === null ? Number.NaN : Date.parse(text);
  if (Number.isNaN(then)) return '';
  const minutes = Math.max(0, Math.round((now - then) / 60_000));
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
  const days = Math.round(minutes / 1440);
  if (days < 100) return `${days} days`;
  const months = Math.round(days / 30.44);
  return months < 24 ? `${months} months` : `${Math.round(months / 12)} years`;
};
