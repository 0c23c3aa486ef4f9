"""From files that nobody trusts to submissions: nothing is followed, unpacked, executed or believed."""
