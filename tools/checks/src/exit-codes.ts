/** EXIT_UNAVAILABLE is EX_UNAVAILABLE of sysexits.h: a program or server that is needed can be had nowhere. The message is printed before. */
export const EXIT_UNAVAILABLE = 69;
