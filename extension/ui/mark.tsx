/** The seal: a square of vermilion with し drawn in one stroke. Decoration beside the name, so it has no name itself. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect class="ground" x="1" y="1" width="30" height="30" rx="5" />
      <path class="sign" d="M12 7v12.5a5.5 5.5 0 0 0 11 0v-1" stroke-width="4" stroke-linecap="square" />
    </svg>
  );
}
