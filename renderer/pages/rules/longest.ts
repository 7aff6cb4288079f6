/** Core would be held up by checking longer texts while they are typed; they are checked when they are saved. */
export const LONGEST = 200_000;
