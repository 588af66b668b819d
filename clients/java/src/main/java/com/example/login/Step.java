package com.example.login;

record Step(String name, Telling telling) {
  interface Telling {
    void tell() throws Exception;
  }
}
