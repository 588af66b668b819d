package com.example.login;

import com.countersign.mfa.v1.Approval;
import com.countersign.mfa.v1.Rejection;
import java.util.Optional;

/**
 * What a login does with a code.
 *
 * @param approval there only where the code was accepted
 * @param rejection why not, where Countersign says so; not for the browser
 */
record Verdict(Optional<Approval> approval, Optional<Rejection> rejection) {
  static final Verdict REFUSED = new Verdict(Optional.empty(), Optional.empty());

  boolean approved() {
    return approval.isPresent();
  }
}
