/** Hands the user a file that was made in the page. */
export function download(name: string, type: string, content: string | Blob): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** `sluice-log-2026-01-31T23-59-59.txt` */
export function fileName(what: string, extension: string, now = new Date()): string {
  const time = now.toISOString().slice(0, 19).replaceAll(':', '-');
  return `sluice-${what}-${time}.${extension}`;
}
