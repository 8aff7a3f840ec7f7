let cameFrom: Element | null = null;

/** Takes the keyboard to the details of what has just been chosen. */
export const goToDetails = (): void => {
  cameFrom = document.activeElement;
  requestAnimationFrame(() => document.querySelector<HTMLElement>('.details')?.focus());
};

/** Takes the keyboard back to where it was before it went to the details. */
export const comeBack = (): void => {
  const target = cameFrom?.isConnected ? cameFrom : document.querySelector('main [tabindex="0"]');
  (target as HTMLElement | SVGElement | null)?.focus();
};
