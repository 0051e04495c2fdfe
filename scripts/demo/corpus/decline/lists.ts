/** Lists as they are easiest to read and to extend: words with bars between them, and one sentence a line. */

export const words = (text: string): string[] => text.trim().split(/\s*[|\n]\s*/);

export const lines = (text: string): string[] => text.trim().split("\n");
