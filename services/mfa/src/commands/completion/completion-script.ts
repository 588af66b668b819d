export const SHELLS = ["bash", "zsh"] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * The shell's side of completion: it asks the program itself, which knows its commands and flags. If the program proposes nothing, as for a flag's
 * value, the shell completes file names.
 */
export function completionScript(shell: Shell): string {
  return shell === "bash" ? BASH : ZSH;
}

const BASH = `_countersign() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("$1" complete-words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _countersign countersign`;

const ZSH = `#compdef countersign
_countersign() {
  local -a proposals
  local line
  for line in "\${(@f)$("\${words[1]}" complete-words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && proposals+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#proposals} )); then _describe 'countersign' proposals; else _files; fi
}
compdef _countersign countersign`;
