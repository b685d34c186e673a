"""Where work goes that other processes and machines do: settings of each launcher, and the share that each job has."""
