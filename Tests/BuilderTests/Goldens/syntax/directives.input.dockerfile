# syntax=docker/dockerfile:1
# ESCAPE = `
# check=skip=all
# not a directive
# escape=\
FROM windows `
  AS w
RUN dir c:\temp\
