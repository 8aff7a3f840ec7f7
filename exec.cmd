@rem npm's shell on Windows has no `exec`, with which the shells of other systems make way for what they start.
@%*
