/** lineReader cuts a stream into lines and answers a function to feed with chunks. A line longer than the bound is cut. */
export function lineReader(onLine: (line: string) => void, lengthMax = 16_384): (chunk: Buffer | string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = (lines.pop() ?? '').slice(0, lengthMax);
    for (const line of lines) onLine(line);
  };
}
