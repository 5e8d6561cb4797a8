/** What is said of a port that another program took first: by Node and Redis, `make up`, HAProxy and Docker. */
const TAKEN = /EADDRINUSE|address already in use|port \d+ is in use|cannot bind socket|port is already allocated/i;
const DRAWS_MAX = 3;

export const saysTaken = (text: string): boolean => TAKEN.test(text);

/**
 * drawAgainIfTaken starts what draws its ports itself, and again when another program took one between the draw and its use:
 * three times at most.
 * @param start leaves nothing running when it fails
 */
export async function drawAgainIfTaken<T>(start: () => Promise<T>): Promise<T> {
  for (let draw = 1; ; draw += 1) {
    try {
      return await start();
    } catch (fault) {
      if (draw === DRAWS_MAX || !saysTaken(String(fault))) throw fault;
    }
  }
}
