Loop 5 {
    Send "5"
}
