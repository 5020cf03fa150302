FROM alpine
# comment
RUNN echo hi
RUN true
