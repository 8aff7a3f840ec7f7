@rem Stands in for the shell's `exec` of `npm start`, which cmd.exe does not have: runs the rest of the line with npm's Node.
@"%npm_node_execpath%" %2 %3 %4 %5 %6 %7 %8 %9
